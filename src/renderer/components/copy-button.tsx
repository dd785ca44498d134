/** Copies a text and says so for two seconds. */
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, type ButtonProps, IconButton } from './button.tsx';

export interface CopyButtonProps extends Pick<ButtonProps, 'look' | 'size'> {
  /** Puts the text on the clipboard; a refusal shows that it did not work. */
  readonly onCopy: () => Promise<void>;
  readonly label: string;
  readonly iconOnly?: boolean;
}

export function CopyButton({ onCopy, label, iconOnly = false, ...look }: CopyButtonProps) {
  const { t } = useTranslation();
  const [result, setResult] = useState<'copied' | 'failed'>();

  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(undefined), 2_000);
    return () => clearTimeout(timer);
  }, [result]);

  const copy = () => {
    onCopy().then(
      () => setResult('copied'),
      () => setResult('failed'),
    );
  };
  const said =
    result === 'copied' ? t('common.copied') : result === 'failed' ? t('common.copyFailed') : undefined;
  return (
    <>
      {iconOnly ? (
        <IconButton icon={result === 'copied' ? Check : Copy} label={said ?? label} onClick={copy} />
      ) : (
        <Button icon={result === 'copied' ? Check : Copy} onClick={copy} {...look}>
          {said ?? label}
        </Button>
      )}
      <span role="status" className="visually-hidden">
        {said}
      </span>
    </>
  );
}
