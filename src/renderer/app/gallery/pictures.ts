/** Drawn people and a drawn screen as real video tracks, so that pictures of the screens show pictures. */
import { useEffect, useState } from 'react';
import doctor from './doctor.svg?raw';
import patient from './patient.svg?raw';
import screen from './screen.svg?raw';

export interface Pictures {
  readonly doctor: MediaStreamTrack;
  readonly patient: MediaStreamTrack;
  readonly screen: MediaStreamTrack;
}

async function trackOf(drawing: string): Promise<MediaStreamTrack> {
  const image = new Image();
  image.src = `data:image/svg+xml;utf8,${encodeURIComponent(drawing)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = (1280 * image.height) / image.width;
  const paint = () => canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  paint();
  const [track] = canvas.captureStream(5).getVideoTracks();
  // A canvas sends a frame only when it is painted.
  setInterval(paint, 200);
  if (!track) throw new Error('No track.');
  return track;
}

export function usePictures(): Pictures | undefined {
  const [pictures, setPictures] = useState<Pictures>();
  useEffect(() => {
    void Promise.all([trackOf(doctor), trackOf(patient), trackOf(screen)]).then(
      ([doctorTrack, patientTrack, screenTrack]) =>
        setPictures({ doctor: doctorTrack, patient: patientTrack, screen: screenTrack }),
    );
  }, []);
  return pictures;
}
