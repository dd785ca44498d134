/** The page that helps a browser trust the clinic: the authority is fetched as anybody may, without a credential. */
import { useCallback, useEffect, useState } from 'react';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import { TrustScreen } from '../../screens/patient/trust-screen.tsx';
import { preferences } from '../preferences.ts';
import { type Authority, askForAuthority, authorityPath } from './authority.ts';
import { platformOf, platformsFrom } from './platform.ts';

export default function TrustApp() {
  const [authority, setAuthority] = useState<Authority>({ name: 'asking' });
  const ask = useCallback(() => {
    setAuthority({ name: 'asking' });
    void askForAuthority().then(setAuthority);
  }, []);
  useEffect(ask, [ask]);
  const [platforms] = useState(() =>
    platformsFrom(platformOf(navigator.userAgent, navigator.maxTouchPoints)),
  );
  return (
    <PatientFrame clinicName="" onLanguage={(language) => preferences.set({ language })}>
      <TrustScreen
        authority={authority}
        platforms={platforms}
        certificateAddress={authorityPath}
        onRetry={ask}
      />
    </PatientFrame>
  );
}
