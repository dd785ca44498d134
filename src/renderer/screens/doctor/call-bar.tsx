/** Under the stage: what the doctor does during the call, each with its key. */
import {
  ChevronUp,
  Ellipsis,
  Eye,
  EyeOff,
  LogOut,
  Maximize,
  MessageSquare,
  Mic,
  MicOff,
  NotebookPen,
  ScreenShare,
  UserPlus,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CallControl } from '../../components/call-control.tsx';
import { LevelMeter, type LevelSource } from '../../components/level-meter.tsx';
import { Menu, MenuChoices, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import type { Choice } from '../../components/select.tsx';
import type { Device, LocalMediaSnapshot } from '../../media/local-media-view.ts';
import { cameraProblems, microphoneProblems } from '../call/device-words.ts';
import { UnreadBadge } from '../call/unread-badge.tsx';
import type { PanelName } from './side-panel.tsx';

export interface CallBarActions {
  readonly onMicrophone: (on: boolean) => void;
  readonly onCamera: (on: boolean) => void;
  readonly onChooseMicrophone: (id: string) => void;
  readonly onChooseCamera: (id: string) => void;
  readonly onChooseSpeaker: (id: string) => void;
  readonly onTestSpeaker: () => void;
  readonly onLevel: LevelSource;
  readonly onShare: () => void;
  readonly onStopSharing: () => void;
  readonly onInvite: () => void;
}

export interface CallBarProps extends CallBarActions {
  readonly media: LocalMediaSnapshot;
  /** Nobody receives what we send now. */
  readonly held: boolean;
  readonly panel: PanelName | undefined;
  readonly onTogglePanel: (name: PanelName) => void;
  /** Whether there is a chat to open. */
  readonly chat: boolean;
  /** Whether there are notes to open. */
  readonly notes: boolean;
  readonly unread: number;
  readonly people: number;
  readonly waiting: number;
  readonly selfHidden: boolean;
  readonly onSelfHidden: (hidden: boolean) => void;
  readonly onToggleShare: () => void;
  readonly onLeave: () => void;
  /** What has to do with recording. */
  readonly recording: ReactNode;
  readonly end: ReactNode;
}

function useNamed(devices: readonly Device[]): Choice[] {
  const { t } = useTranslation();
  return devices.map(({ id, label }, index) => ({
    id,
    label: label || t('call.unnamedDevice', { number: index + 1 }),
  }));
}

function MoreButton({ label, ...native }: { readonly label: string }) {
  return (
    <button type="button" className="control-pair__more" title={label} aria-label={label} {...native}>
      <ChevronUp className="icon--small" />
    </button>
  );
}

export function CallBar(props: CallBarProps) {
  const { t } = useTranslation();
  const { media } = props;
  const microphoneOn = media.media.microphone;
  const cameraOn = media.camera.wanted && media.camera.state !== 'problem';
  const microphones = useNamed(media.microphone.devices);
  const cameras = useNamed(media.camera.devices);
  const speakers = useNamed(media.speaker.devices);
  const microphoneProblem = media.microphone.state === 'problem' ? media.microphone.problem : undefined;
  const cameraProblem = media.camera.state === 'problem' ? media.camera.problem : undefined;
  const sharing = media.screen.state === 'on';
  const opens = (panel: PanelName) => ({
    'aria-expanded': props.panel === panel,
    state: props.panel === panel ? ('open' as const) : ('plain' as const),
    onClick: () => props.onTogglePanel(panel),
  });
  return (
    <div className="call__bar" role="toolbar" aria-label={t('call.controls')}>
      <div className="control-pair">
        <CallControl
          icon={microphoneOn ? Mic : MicOff}
          label={props.held && microphoneOn ? t('call.held') : t('common.microphone')}
          {...(props.held && microphoneOn ? { 'aria-label': t('call.microphoneHeld') } : {})}
          aria-pressed={microphoneOn}
          title={t(
            microphoneProblem
              ? microphoneProblems[microphoneProblem]
              : microphoneOn
                ? 'call.mute'
                : 'call.unmute',
          )}
          shortcut="M"
          state={!microphoneOn ? 'off' : props.held ? 'held' : 'plain'}
          onClick={() => props.onMicrophone(!microphoneOn)}
        />
        <Menu stage trigger={<MoreButton label={t('call.soundDevices')} />}>
          {microphoneProblem ? (
            <p className="menu__title">{t(microphoneProblems[microphoneProblem])}</p>
          ) : null}
          {microphones.length > 0 ? (
            <MenuChoices
              title={t('common.microphone')}
              choices={microphones}
              value={media.microphone.using ?? media.microphone.chosen}
              onChange={props.onChooseMicrophone}
              under={<LevelMeter onLevel={props.onLevel} label={t('checks.level')} />}
            />
          ) : null}
          {media.speaker.selectable && speakers.length > 0 ? (
            <MenuChoices
              title={t('common.speaker')}
              choices={speakers}
              value={media.speaker.using ?? speakers[0]?.id}
              onChange={props.onChooseSpeaker}
            />
          ) : null}
          <MenuSeparator />
          <MenuItem onSelect={props.onTestSpeaker}>{t('call.testSpeaker')}</MenuItem>
        </Menu>
      </div>
      <div className="control-pair">
        <CallControl
          icon={cameraOn ? Video : VideoOff}
          label={t('common.camera')}
          aria-pressed={cameraOn}
          title={t(
            cameraProblem ? cameraProblems[cameraProblem] : cameraOn ? 'call.cameraOff' : 'call.cameraOn',
          )}
          shortcut="V"
          state={cameraOn ? 'plain' : 'off'}
          onClick={() => props.onCamera(!cameraOn)}
        />
        <Menu stage trigger={<MoreButton label={t('call.cameras')} />}>
          {cameraProblem ? <p className="menu__title">{t(cameraProblems[cameraProblem])}</p> : null}
          {cameras.length > 0 ? (
            <MenuChoices
              title={t('common.camera')}
              choices={cameras}
              value={media.camera.using ?? media.camera.chosen}
              onChange={props.onChooseCamera}
            />
          ) : cameraProblem ? null : (
            <p className="menu__title">{t('call.cameraMissing')}</p>
          )}
        </Menu>
      </div>
      {media.screen.possible ? (
        <CallControl
          icon={ScreenShare}
          label={t(sharing ? 'call.sharing' : 'call.share')}
          aria-pressed={sharing}
          title={t(sharing ? 'call.stopSharing' : 'call.shareScreen')}
          shortcut="S"
          state={sharing ? 'open' : 'plain'}
          onClick={props.onToggleShare}
        />
      ) : null}
      {props.recording}
      {props.chat ? (
        <CallControl
          icon={MessageSquare}
          label={t('call.chat')}
          shortcut="C"
          {...opens('chat')}
          badge={<UnreadBadge count={props.unread} />}
        />
      ) : null}
      <CallControl
        icon={Users}
        label={t('call.people')}
        shortcut="P"
        {...opens('people')}
        badge={
          props.waiting > 0 ? (
            <span className="badge control__badge">
              {props.waiting}
              <span className="visually-hidden"> {t('people.waiting')}</span>
            </span>
          ) : props.people > 1 ? (
            <span className="badge badge--quiet control__badge">{props.people}</span>
          ) : null
        }
      />
      {props.notes ? (
        <CallControl icon={NotebookPen} label={t('call.notes')} shortcut="N" {...opens('notes')} />
      ) : null}
      <Menu stage trigger={<CallControl icon={Ellipsis} label={t('call.more')} />}>
        <MenuItem
          icon={props.selfHidden ? Eye : EyeOff}
          onSelect={() => props.onSelfHidden(!props.selfHidden)}
        >
          {t(props.selfHidden ? 'call.showSelf' : 'call.hideSelf')}
        </MenuItem>
        {document.fullscreenEnabled ? (
          <MenuItem
            icon={Maximize}
            onSelect={() => {
              // A refusal changes nothing: the window just stays as it is.
              if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
              else document.documentElement.requestFullscreen().catch(() => {});
            }}
          >
            {t('call.fullscreen')}
          </MenuItem>
        ) : null}
        <MenuItem icon={UserPlus} onSelect={props.onInvite}>
          {t('people.invite')}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={LogOut} onSelect={props.onLeave}>
          {t('end.leave')}
        </MenuItem>
      </Menu>
      {props.end}
    </div>
  );
}
