/** For a computer that the clinic does not know, or no longer: a place for the pairing code. */
import { CircleCheck, KeyRound, Server, Unlink } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundClinic } from '../../../shared/contract/desktop.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import '../../components/styles/clinic.css';

export interface PairingWish {
  /** Empty where the clinic is known. */
  readonly address: string;
  readonly code: string;
  readonly deviceName: string;
  /** Of the clinic's certificate authority, when a link or the network said it. */
  readonly fingerprint?: string | undefined;
  /** Whether the computer stays paired when the browser is closed. */
  readonly keep: boolean;
}

export interface PairingScreenProps {
  /** It was paired and is not any more. */
  readonly revoked: boolean;
  /** Absent where the page itself comes from the clinic. */
  readonly initialAddress?: string | undefined;
  readonly initialCode: string;
  readonly initialDeviceName: string;
  /** Whether the person chooses if the browser remembers; the desktop app always does. */
  readonly asksToKeep: boolean;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  /** What a pasted text says, when it is a pairing link. */
  readonly readLink: (
    text: string,
  ) => { readonly address: string; readonly code: string; readonly fingerprint?: string } | undefined;
  /** Clinics that announce themselves on this network; absent where none can be looked for. */
  readonly found?: readonly FoundClinic[] | undefined;
  readonly onPair: (wish: PairingWish) => void;
  /** Absent where there is nowhere to go back to. */
  readonly onBack?: (() => void) | undefined;
}

type Missing = 'address' | 'code' | 'deviceName';

const missingWords: Readonly<Record<Missing, string>> = {
  address: 'pairing.addressMissing',
  code: 'pairing.codeMissing',
  deviceName: 'pairing.deviceNameMissing',
};

function FoundClinics({
  found,
  chosen,
  onChoose,
}: {
  readonly found: readonly FoundClinic[];
  /** The address in the form. */
  readonly chosen: string;
  readonly onChoose: (clinic: FoundClinic) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="field">
      <span className="field__label" id={id}>
        {t('pairing.found')}
      </span>
      <ul className="found" aria-labelledby={id}>
        {found.map((clinic) => {
          const isChosen = clinic.address === chosen;
          return (
            <li key={clinic.fingerprint + clinic.address}>
              <button
                type="button"
                className={classes('use', 'card', isChosen && 'use--chosen')}
                aria-pressed={isChosen}
                onClick={() => onChoose(clinic)}
              >
                <span className="page-icon">
                  <Server />
                </span>
                <span className="stack stack--2 grow">
                  <span className="strong">{clinic.name}</span>
                  <span className="small muted">{clinic.address.replace('https://', '')}</span>
                </span>
                {isChosen ? <CircleCheck className="use__mark" /> : null}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

export function PairingScreen(props: PairingScreenProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useState(props.initialAddress ?? '');
  const [code, setCode] = useState(props.initialCode);
  const [deviceName, setDeviceName] = useState(props.initialDeviceName);
  const [fingerprint, setFingerprint] = useState<string>();
  const [keep, setKeep] = useState(true);
  const [missing, setMissing] = useState<Missing>();
  const asksAddress = props.initialAddress !== undefined;
  const submit = () => {
    const absent =
      asksAddress && address.trim() === ''
        ? 'address'
        : code.trim() === ''
          ? 'code'
          : deviceName.trim() === ''
            ? 'deviceName'
            : undefined;
    setMissing(absent);
    if (absent === undefined) {
      props.onPair({
        address: address.trim(),
        code: code.trim(),
        deviceName: deviceName.trim(),
        fingerprint,
        keep,
      });
    }
  };
  const errorOf = (field: Missing) => (missing === field ? t(missingWords[field]) : undefined);
  return (
    <form
      className="prejoin--single pairing"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="prejoin__title">
        <h1 className="headline">{t(props.revoked ? 'pairing.revokedTitle' : 'pairing.title')}</h1>
        <p className="muted">{t(props.revoked ? 'pairing.revokedText' : 'pairing.text')}</p>
      </div>
      {props.found && props.found.length > 0 ? (
        <FoundClinics
          found={props.found}
          chosen={address}
          onChoose={(clinic) => {
            setAddress(clinic.address);
            setFingerprint(clinic.fingerprint);
          }}
        />
      ) : null}
      {asksAddress ? (
        <Field
          label={t('pairing.address')}
          hint={t('pairing.addressHint')}
          error={errorOf('address')}
          touch
          inputMode="url"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={500}
          placeholder="https://"
          value={address}
          onChange={(event) => {
            const link = props.readLink(event.target.value);
            setAddress(link?.address ?? event.target.value);
            setFingerprint(link?.fingerprint);
            if (link) setCode(link.code);
          }}
        />
      ) : null}
      <Field
        label={t('pairing.code')}
        hint={t('pairing.codeHint')}
        error={errorOf('code')}
        touch
        autoCapitalize="characters"
        autoComplete="one-time-code"
        spellCheck={false}
        maxLength={20}
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <Field
        label={t('pairing.deviceName')}
        hint={t('pairing.deviceNameHint')}
        error={errorOf('deviceName')}
        touch
        autoComplete="off"
        maxLength={120}
        value={deviceName}
        onChange={(event) => setDeviceName(event.target.value)}
      />
      {props.asksToKeep ? (
        <label className="check">
          <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.target.checked)} />
          <span className="stack stack--2">
            <span>{t('pairing.keep')}</span>
            <span className="small muted">{t('pairing.keepText')}</span>
          </span>
        </label>
      ) : null}
      {props.problem ? (
        <Notice kind="danger" icon={props.revoked ? Unlink : KeyRound} live>
          {props.problem}
        </Notice>
      ) : null}
      <div className="stack stack--8">
        <Button type="submit" look="primary" size="large" wide disabled={props.busy}>
          {t(props.busy ? 'pairing.going' : 'pairing.go')}
        </Button>
        {props.onBack ? (
          <Button look="quiet" size="touch" wide onClick={props.onBack}>
            {t('pairing.back')}
          </Button>
        ) : null}
      </div>
    </form>
  );
}
