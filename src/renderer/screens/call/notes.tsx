/** Short facts over the picture: who watches, and that the way to the host is lost while the call goes on. */
import { Eye, ServerOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../call/call.ts';

export function Notes({ call }: { readonly call: CallSnapshot }) {
  const { t } = useTranslation();
  const observers = call.remotes.filter(({ participant }) => participant.role === 'observer');
  return (
    <>
      {observers.map(({ participant }) => (
        <span key={participant.identity} className="chip chip--over">
          <Eye className="icon--small" />
          {t('call.observes', { name: participant.displayName })}
        </span>
      ))}
      {call.signaling.name === 'lost' ? (
        <span className="chip chip--over chip--stage-warn">
          <ServerOff className="icon--small" />
          {t('call.hostAway')}
        </span>
      ) : null}
    </>
  );
}
