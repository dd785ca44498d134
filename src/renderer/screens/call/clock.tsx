/** How long the call has been going on. */
import { useTranslation } from 'react-i18next';
import { formatClock, useNow } from '../../components/format.ts';

export function Clock({ since }: { readonly since: number }) {
  const { t } = useTranslation();
  return (
    <time className="call__clock" title={t('call.duration')} role="timer" aria-label={t('call.duration')}>
      {formatClock(useNow() - since)}
    </time>
  );
}
