/** For those who come without a link: a place for the link or the code. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';

export interface JoinScreenProps {
  /** Returns false when this is neither a link nor a code. */
  readonly onJoin: (linkOrCode: string) => boolean;
  /** Absent where this computer is for nothing else. */
  readonly onOtherUse?: (() => void) | undefined;
}

export function JoinScreen({ onJoin, onOtherUse }: JoinScreenProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState('');
  const [invalid, setInvalid] = useState(false);
  return (
    <form
      className="prejoin--single"
      onSubmit={(event) => {
        event.preventDefault();
        setInvalid(!onJoin(value));
      }}
    >
      <div className="prejoin__title">
        <h1 className="headline">{t('join.title')}</h1>
        <p className="muted">{t('join.text')}</p>
      </div>
      <Field
        label={t('join.field')}
        touch
        autoCapitalize="characters"
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => {
          setValue(event.target.value);
          setInvalid(false);
        }}
        error={invalid ? t('join.invalid') : undefined}
      />
      <Button type="submit" look="primary" size="large" wide>
        {t('join.go')}
      </Button>
      {onOtherUse ? (
        <Button look="quiet" size="touch" wide onClick={onOtherUse}>
          {t('join.otherUse')}
        </Button>
      ) : null}
    </form>
  );
}
