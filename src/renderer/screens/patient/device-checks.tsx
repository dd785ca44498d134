/** The checks before and while waiting: camera, microphone, speaker and connection, each fixable where it stands. */
import { Check, Mic, TriangleAlert, Video, Volume2, Wifi } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { LevelMeter, type LevelSource } from '../../components/level-meter.tsx';
import { QualityBars } from '../../components/quality-bars.tsx';
import { type Choice, Select } from '../../components/select.tsx';
import { roundTripLevel } from '../../components/words.ts';
import type { Device, DeviceProblem, InputView, LocalMediaSnapshot } from '../../media/local-media-view.ts';

/** `playing`: the melody sounds; `asking`: it was played and the person says whether it was heard. */
export type SpeakerTest = 'untested' | 'playing' | 'asking' | 'heard' | 'unheard' | 'refused';

export type ConnectionCheck =
  | { readonly name: 'checking' }
  /** Round trip to the host, in ms. */
  | { readonly name: 'reached'; readonly roundTripMs: number }
  | { readonly name: 'unreachable' };

export interface DeviceActions {
  readonly onCamera: (on: boolean) => void;
  readonly onMicrophone: (on: boolean) => void;
  readonly onChooseCamera: (id: string) => void;
  readonly onChooseMicrophone: (id: string) => void;
  readonly onChooseSpeaker: (id: string) => void;
  readonly onTestSpeaker: () => void;
  readonly onHeard: (heard: boolean) => void;
  readonly onLevel: LevelSource;
}

export interface DeviceChecksProps extends DeviceActions {
  readonly media: LocalMediaSnapshot;
  readonly speakerTest: SpeakerTest;
  readonly connection: ConnectionCheck;
}

const cameraProblems: Readonly<Record<DeviceProblem, string>> = {
  blocked: 'checks.cameraBlocked',
  missing: 'checks.cameraMissing',
  busy: 'checks.cameraBusy',
  unknown: 'checks.cameraUnknown',
};
const microphoneProblems: Readonly<Record<DeviceProblem, string>> = {
  blocked: 'checks.microphoneBlocked',
  missing: 'checks.microphoneMissing',
  busy: 'checks.microphoneBusy',
  unknown: 'checks.microphoneUnknown',
};
const speakerTexts: Readonly<Record<SpeakerTest, string>> = {
  untested: 'checks.speakerUntested',
  playing: 'checks.speakerPlaying',
  asking: 'checks.speakerAsking',
  heard: 'checks.speakerHeard',
  unheard: 'checks.speakerUnheard',
  refused: 'checks.speakerRefused',
};
const connectionTexts = {
  1: 'checks.connectionPoor',
  2: 'checks.connectionFair',
  3: 'checks.connectionGood',
  4: 'checks.connectionGood',
} as const;

/** Devices with a name; before permission they have none and there is nothing to choose. */
export function choicesOf(devices: readonly Device[]): Choice[] {
  return devices.filter((device) => device.label !== '');
}

function Tick({ ok }: { readonly ok: boolean }) {
  const { t } = useTranslation();
  return (
    <span
      className={ok ? 'tick' : 'tick tick--warn'}
      role="img"
      aria-label={t(ok ? 'checks.fine' : 'checks.attention')}
    >
      {ok ? <Check className="icon--small" /> : <TriangleAlert className="icon--small" />}
    </span>
  );
}

function InputCheck({
  icon: Icon,
  title,
  input,
  problems,
  offText,
  chooseLabel,
  onChoose,
  onRetry,
  children,
}: {
  readonly icon: typeof Mic;
  readonly title: string;
  readonly input: InputView;
  readonly problems: Readonly<Record<DeviceProblem, string>>;
  readonly offText: string;
  readonly chooseLabel: string;
  readonly onChoose: (id: string) => void;
  readonly onRetry: () => void;
  readonly children?: ReactNode;
}) {
  const { t } = useTranslation();
  const choices = choicesOf(input.devices);
  const on = input.state === 'on' && input.wanted;
  return (
    <li
      className={classes(
        children !== undefined && 'checks__two',
        input.state === 'problem' && 'checks__problem',
      )}
    >
      <Icon className="checks__icon" />
      <div className="stack stack--2">
        <span className="checks__title">{title}</span>
        {input.state === 'problem' ? (
          <span className="checks__text" role="status">
            {t(problems[input.problem ?? 'unknown'])}
          </span>
        ) : input.state === 'starting' ? (
          <span className="checks__text">{t('checks.starting')}</span>
        ) : !on ? (
          <span className="checks__text">{offText}</span>
        ) : choices.length > 1 ? (
          <Select
            label={chooseLabel}
            choices={choices}
            value={input.using ?? input.chosen ?? ''}
            onChange={onChoose}
          />
        ) : (
          <span className="checks__text">{choices[0]?.label ?? t('checks.ready')}</span>
        )}
        {on ? children : null}
      </div>
      {input.state === 'problem' ? (
        <Button onClick={onRetry}>{t('checks.retry')}</Button>
      ) : on ? (
        <Tick ok />
      ) : (
        <span />
      )}
    </li>
  );
}

export function DeviceChecks({ media, speakerTest, connection, ...actions }: DeviceChecksProps) {
  const { t } = useTranslation();
  const speakers = choicesOf(media.speaker.devices);
  const level = connection.name === 'reached' ? roundTripLevel(connection.roundTripMs) : 0;
  return (
    <ul className="card checks" aria-label={t('checks.title')}>
      <InputCheck
        icon={Video}
        title={t('common.camera')}
        input={media.camera}
        problems={cameraProblems}
        offText={t('checks.cameraOff')}
        chooseLabel={t('checks.chooseCamera')}
        onChoose={actions.onChooseCamera}
        onRetry={() => actions.onCamera(true)}
      />
      <InputCheck
        icon={Mic}
        title={t('common.microphone')}
        input={media.microphone}
        problems={microphoneProblems}
        offText={t('checks.microphoneOff')}
        chooseLabel={t('checks.chooseMicrophone')}
        onChoose={actions.onChooseMicrophone}
        onRetry={() => actions.onMicrophone(true)}
      >
        <span className="checks__meter">
          <LevelMeter onLevel={actions.onLevel} label={t('checks.level')} />
        </span>
      </InputCheck>
      <li className={media.speaker.selectable ? 'checks__two' : undefined}>
        <Volume2 className="checks__icon" />
        <div className="stack stack--2">
          <span className="checks__title">{t('common.speaker')}</span>
          {media.speaker.selectable && speakers.length > 1 ? (
            <Select
              label={t('checks.chooseSpeaker')}
              choices={speakers}
              value={media.speaker.using ?? media.speaker.chosen ?? ''}
              onChange={actions.onChooseSpeaker}
            />
          ) : null}
          <span className="checks__text" role="status">
            {t(speakerTexts[speakerTest])}
          </span>
        </div>
        {speakerTest === 'heard' ? (
          <Tick ok />
        ) : speakerTest === 'asking' ? (
          <span />
        ) : (
          <Button onClick={actions.onTestSpeaker} disabled={speakerTest === 'playing'}>
            {t(speakerTest === 'unheard' || speakerTest === 'refused' ? 'checks.testAgain' : 'checks.test')}
          </Button>
        )}
        {speakerTest === 'asking' ? (
          <div className="checks__answers">
            <Button onClick={() => actions.onHeard(true)}>{t('checks.heardYes')}</Button>
            <Button onClick={() => actions.onHeard(false)}>{t('checks.heardNo')}</Button>
          </div>
        ) : null}
      </li>
      <li>
        <Wifi className="checks__icon" />
        <div className="stack stack--2">
          <span className="checks__title">{t('common.connection')}</span>
          <span className="checks__text" role="status">
            {connection.name === 'checking'
              ? t('checks.connectionChecking')
              : connection.name === 'unreachable' || level === 0
                ? t('checks.connectionUnreachable')
                : t(connectionTexts[level])}
          </span>
        </div>
        {connection.name === 'checking' ? (
          <span />
        ) : (
          <QualityBars level={level} label={t('common.connection')} />
        )}
      </li>
    </ul>
  );
}
