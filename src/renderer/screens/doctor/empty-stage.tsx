/** Before the patient is in: who is at the door, or the invitation at hand while nobody came. */
import { QrCode, UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../call/call.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { waitingPeople } from '../call/people.ts';
import { type WaitingActions, WaitingCard } from './waiting-card.tsx';

export interface InvitationView {
  readonly code: string;
  readonly link: string;
  readonly onCopyLink: () => Promise<void>;
  readonly onCopyCode: () => Promise<void>;
}

export interface EmptyStageProps extends WaitingActions {
  readonly call: CallSnapshot;
  /** The patient's, when known. */
  readonly name?: string | undefined;
  readonly invitation?: InvitationView | undefined;
  /** When the patient was first in; absent before. */
  readonly since?: number | undefined;
  readonly onInvite: () => void;
}

/** "K7M 4QX": two groups are easier to dictate. */
export function spacedCode(code: string): string {
  return code.length === 6 ? `${code.slice(0, 3)} ${code.slice(3)}` : code;
}

export function EmptyStage({ call, name, invitation, since, onInvite, ...actions }: EmptyStageProps) {
  const { t } = useTranslation();
  if (call.waiting.length > 0) {
    return (
      <div className="waiting-stage">
        <section className="card waiting-stage__card" aria-label={t('people.waiting')} aria-live="polite">
          {waitingPeople(call).map((person, index) => (
            <div key={person.identity} className="stack stack--16">
              <WaitingCard
                person={person}
                primary={index === 0}
                onAdmit={actions.onAdmit}
                onRefuse={actions.onRefuse}
                onTell={actions.onTell}
              />
            </div>
          ))}
        </section>
      </div>
    );
  }
  if (call.phase.name === 'joining') {
    return (
      <div className="waiting-stage">
        <section className="card waiting-stage__card">
          <div className="stack stack--8" role="status">
            <h2>{t('doctorDoor.loading')}</h2>
            <p className="muted">
              {t(call.signaling.name === 'lost' ? 'emptyStage.away' : 'host.startingText')}
            </p>
          </div>
        </section>
      </div>
    );
  }
  const left = since !== undefined;
  return (
    <div className="waiting-stage">
      <section className="card waiting-stage__card">
        <div className="stack stack--8">
          <h2>
            {left ? t('emptyStage.left') : name ? t('emptyStage.titleName', { name }) : t('emptyStage.title')}
          </h2>
          <p className="muted" role="status">
            {t(!invitation ? 'emptyStage.uninvited' : left ? 'emptyStage.leftText' : 'emptyStage.text')}
          </p>
        </div>
        {invitation ? (
          <div className="stack stack--12">
            <div className="invitation__code">
              <strong>{spacedCode(invitation.code)}</strong>
              <span className="push">
                <CopyButton iconOnly label={t('invitation.copyCode')} onCopy={invitation.onCopyCode} />
              </span>
            </div>
            <div className="row">
              <CopyButton look="primary" label={t('invitation.copyLink')} onCopy={invitation.onCopyLink} />
              <Button icon={QrCode} onClick={onInvite}>
                {t('emptyStage.more')}
              </Button>
            </div>
          </div>
        ) : (
          <div className="stack">
            <Button look="primary" icon={UserPlus} onClick={onInvite}>
              {t('people.invite')}
            </Button>
          </div>
        )}
      </section>
    </div>
  );
}
