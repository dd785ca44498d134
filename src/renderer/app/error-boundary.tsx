/** The last net: a page that broke says so in plain words and offers to load again. */

import { RotateCw } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../components/button.tsx';
import { MessageScreen } from '../screens/patient/message-screen.tsx';
import '../components/styles/patient.css';

function Broken() {
  const { t } = useTranslation();
  return (
    <main className="patient patient__main">
      <MessageScreen kind="warn" icon={RotateCw} title={t('crash.title')} text={t('crash.text')}>
        <Button look="primary" size="large" wide onClick={() => location.reload()}>
          {t('crash.reload')}
        </Button>
      </MessageScreen>
    </main>
  );
}

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}
