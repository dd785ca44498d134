/** How many messages nobody has looked at, on the control that opens the chat. */
import { useTranslation } from 'react-i18next';

export function UnreadBadge({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  if (count === 0) return null;
  return (
    <span className="badge control__badge">
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="visually-hidden"> {t('chat.unread', { count })}</span>
    </span>
  );
}
