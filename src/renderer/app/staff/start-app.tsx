/** The desktop app's first start: what this computer is for, and, for one of several, pairing it. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ComputerUse, StartScreen } from '../../screens/clinic/start-screen.tsx';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import { askShell } from '../hosts.ts';
import { preferences } from '../preferences.ts';
import { PairComputer } from './pair-computer.tsx';

export default function StartApp() {
  const { t } = useTranslation();
  const [pairing, setPairing] = useState(false);
  useEffect(() => {
    if (!pairing) document.title = t('start.document');
  }, [pairing, t]);
  const choose = (use: ComputerUse) => {
    if (use === 'paired') setPairing(true);
    else askShell((shell) => shell.app.begin({ mode: use }));
  };
  if (pairing) return <PairComputer revoked={false} onBack={() => setPairing(false)} />;
  return (
    <PatientFrame clinicName="" onLanguage={(language) => preferences.set({ language })}>
      <StartScreen onChoose={choose} />
    </PatientFrame>
  );
}
