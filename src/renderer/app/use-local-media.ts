/** The page's own devices for as long as a component lives; undefined for the first moment. */
import { useEffect, useState } from 'react';
import { LocalMedia } from '../media/local-media.ts';

export function useLocalMedia(): LocalMedia | undefined {
  const [media, setMedia] = useState<LocalMedia>();
  useEffect(() => {
    const opened = new LocalMedia();
    setMedia(opened);
    return () => opened.close();
  }, []);
  return media;
}
