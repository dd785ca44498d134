/** What stands in a list's place: why there is nothing yet, and why there is nothing at all. */
import { CircleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';

export function ListLoading() {
  return (
    <>
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </>
  );
}

export function ListProblem({
  title,
  problem,
  onRetry,
}: {
  readonly title: string;
  readonly problem: string;
  readonly onRetry: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="card empty" role="alert">
      <CircleAlert />
      <h2>{title}</h2>
      <p>{problem}</p>
      <Button onClick={onRetry}>{t('common.retry')}</Button>
    </div>
  );
}

export function ListEmpty({
  icon: Icon,
  title,
  text,
  children,
}: {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: string;
  /** The way on. */
  readonly children?: ReactNode;
}) {
  return (
    <div className="card empty">
      <Icon />
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
