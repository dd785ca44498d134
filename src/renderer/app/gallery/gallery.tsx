/** Every screen in every state with made-up people, for looking at them. Served in development only. */
import '../../components/styles/patient.css';
import { DoorClosed } from 'lucide-react';
import { Fragment } from 'react';
import { MessageScreen } from '../../screens/patient/message-screen.tsx';
import { agendaScenes } from './agenda-scenes.tsx';
import { clinicScenes } from './clinic-scenes.tsx';
import { doctorScenes } from './doctor-scenes.tsx';
import { framed, type Scenes } from './parts.tsx';
import { patientScenes } from './patient-scenes.tsx';
import { usePictures } from './pictures.ts';
import { recordingScenes } from './recording-scenes.tsx';

const scenes: Scenes = {
  ...agendaScenes,
  ...clinicScenes,
  ...recordingScenes,
  ...doctorScenes,
  ...patientScenes,
};

/** `/gallery/NAME` shows one scene; `/gallery` lists them. */
export default function Gallery() {
  const pictures = usePictures();
  const name = location.pathname.split('/')[2] ?? '';
  const scene = scenes[name];
  if (!pictures) return null;
  if (scene) return <Fragment key={name}>{scene(pictures)}</Fragment>;
  return framed(
    <MessageScreen icon={DoorClosed} title="Gallery" text="">
      {Object.keys(scenes).map((one) => (
        <a key={one} href={`/gallery/${one}`}>
          {one}
        </a>
      ))}
    </MessageScreen>,
  );
}
