/** Who is in the call and who is at the door. */
import { Ellipsis, UserMinus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Participant } from '../../../shared/signaling/messages.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { Avatar } from '../../components/avatar.tsx';
import { IconButton } from '../../components/button.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { QualityBars } from '../../components/quality-bars.tsx';
import { qualityWords } from '../../components/words.ts';
import { roleWords, usePeople, waitingPeople } from '../call/people.ts';
import { qualityOf } from '../call/quality.ts';
import { type WaitingActions, WaitingCard } from './waiting-card.tsx';

export interface PeopleActions extends WaitingActions {
  readonly onRemove: (person: Participant) => void;
}

export interface PeoplePanelProps extends PeopleActions {
  readonly call: CallSnapshot;
  readonly doctorName: string;
  readonly foot: ReactNode;
}

export function PeoplePanel({ call, doctorName, foot, ...actions }: PeoplePanelProps) {
  const { t } = useTranslation();
  const people = usePeople(call);
  return (
    <>
      <ul className="panel__body people">
        {waitingPeople(call).map((person) => (
          <li key={person.identity} className="person__waiting">
            <WaitingCard
              person={person}
              primary={false}
              onAdmit={actions.onAdmit}
              onRefuse={actions.onRefuse}
              onTell={actions.onTell}
            />
          </li>
        ))}
        <li className="person">
          <Avatar name={doctorName} />
          <div className="stack grow">
            <span className="strong">{t('people.youName', { name: doctorName })}</span>
            <span className="small muted">{t('roles.doctor')}</span>
          </div>
        </li>
        {people.map((remote) => {
          const { participant } = remote;
          const level = qualityOf(remote);
          return (
            <li key={participant.identity} className="person">
              <Avatar name={participant.displayName} />
              <div className="stack grow">
                <span className="strong">{participant.displayName}</span>
                <span className="small muted">
                  {t(roleWords[participant.role])}
                  {participant.connected ? null : `, ${t('people.reconnecting')}`}
                </span>
              </div>
              {level === undefined || participant.role === 'observer' ? null : (
                <QualityBars level={level} label={t(qualityWords[level])} />
              )}
              <Menu
                stage
                trigger={
                  <IconButton
                    small
                    icon={Ellipsis}
                    label={t('people.actions', { name: participant.displayName })}
                  />
                }
              >
                <MenuItem danger icon={UserMinus} onSelect={() => actions.onRemove(participant)}>
                  {t('people.remove')}
                </MenuItem>
              </Menu>
            </li>
          );
        })}
      </ul>
      <div className="panel__foot">{foot}</div>
    </>
  );
}
