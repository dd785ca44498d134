/** Day, hour and length of a consultation, in the reader's own time. */
import { useTranslation } from 'react-i18next';
import { Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';

/** As the inputs hold it. */
export interface When {
  readonly date: string;
  readonly time: string;
  readonly minutes: number;
}

export const usualLength = 30;
const lengths = [10, 15, 20, 30, 45, 60, 90];

export interface WhenFieldsProps {
  readonly value: When;
  readonly onChange: (when: When) => void;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
}

export function WhenFields({ value, onChange, error, autoFocus = false }: WhenFieldsProps) {
  const { t } = useTranslation();
  const offered = lengths.includes(value.minutes)
    ? lengths
    : [...lengths, value.minutes].sort((a, b) => a - b);
  return (
    <div className="when">
      <Field
        label={t('when.date')}
        type="date"
        required
        value={value.date}
        error={error}
        onChange={(event) => onChange({ ...value, date: event.target.value })}
        {...(autoFocus ? { 'data-autofocus': true } : {})}
      />
      <Field
        label={t('when.time')}
        type="time"
        required
        step={300}
        value={value.time}
        onChange={(event) => onChange({ ...value, time: event.target.value })}
      />
      <div className="field">
        <span className="field__label">{t('when.length')}</span>
        <Select
          boxed
          label={t('when.length')}
          choices={offered.map((minutes) => ({
            id: String(minutes),
            label: t('when.minutes', { count: minutes }),
          }))}
          value={String(value.minutes)}
          onChange={(id) => onChange({ ...value, minutes: Number(id) })}
        />
      </div>
    </div>
  );
}
