/** The desktop app's first question: what this computer is for. */
import { ChevronRight, Laptop, type LucideIcon, Server, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import '../../components/styles/clinic.css';

export type ComputerUse = 'clinic' | 'paired' | 'client';

const uses: readonly {
  readonly use: ComputerUse;
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: string;
}[] = [
  { use: 'clinic', icon: Server, title: 'start.clinic', text: 'start.clinicText' },
  { use: 'paired', icon: Laptop, title: 'start.paired', text: 'start.pairedText' },
  { use: 'client', icon: Video, title: 'start.client', text: 'start.clientText' },
];

export function StartScreen({ onChoose }: { readonly onChoose: (use: ComputerUse) => void }) {
  const { t } = useTranslation();
  return (
    <div className="prejoin--single">
      <div className="prejoin__title">
        <h1 className="headline">{t('start.title')}</h1>
        <p className="muted">{t('start.text')}</p>
      </div>
      <div className="uses">
        {uses.map(({ use, icon: Icon, title, text }) => (
          <button key={use} type="button" className="use card" onClick={() => onChoose(use)}>
            <span className="page-icon">
              <Icon />
            </span>
            <span className="stack stack--2 grow">
              <span className="strong">{t(title)}</span>
              <span className="small muted">{t(text)}</span>
            </span>
            <ChevronRight className="muted" />
          </button>
        ))}
      </div>
    </div>
  );
}
