/** The page a pairing link leads to: its code stands after the #, so that no server and no log ever sees it. */
import { useState } from 'react';
import { PairComputer } from './pair-computer.tsx';

export default function PairApp() {
  const [code] = useState(() => decodeURIComponent(location.hash.slice(1)).slice(0, 20));
  return <PairComputer revoked={false} code={code} />;
}
