/** The frame of every page a patient or observer sees outside the call: whose clinic it is, and the language. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Brand } from '../../components/brand.tsx';
import { Button } from '../../components/button.tsx';
import '../../components/styles/patient.css';

export interface PatientFrameProps {
  /** Empty until the host has told it. */
  readonly clinicName: string;
  /** Where the clinic answers, for windows that show no address of their own: anybody can call a clinic by any name. */
  readonly address?: string | undefined;
  readonly onLanguage: (language: 'es' | 'en') => void;
  readonly children: ReactNode;
}

export function PatientFrame({ clinicName, address, onLanguage, children }: PatientFrameProps) {
  const { t, i18n } = useTranslation();
  const english = i18n.language.startsWith('en');
  return (
    <div className="patient">
      <header className="patient__head">
        <Brand
          name={clinicName || t('common.product')}
          note={address ? t('patient.byVideoAt', { address }) : t('patient.byVideo')}
        />
        <Button
          look="quiet"
          size="touch"
          className="push"
          lang={english ? 'es' : 'en'}
          onClick={() => onLanguage(english ? 'es' : 'en')}
        >
          {english ? 'Español' : 'English'}
        </Button>
      </header>
      <main className="patient__main">{children}</main>
    </div>
  );
}
