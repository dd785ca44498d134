/** The page's entry: texts first, then the app that the address asks for. */
import { type ComponentType, lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import '../components/styles/tokens.css';
import '../components/styles/base.css';
import '../components/styles/components.css';
import { ErrorBoundary } from './error-boundary.tsx';
import { type Route, routeOf, useRoute } from './route.ts';
import { loadStaffTexts, startTexts } from './texts.ts';

/**
 * A part of the app that is loaded when it is shown, or before. One that was loaded before is there at once: React shows
 * what it awaited itself only 300 ms after it began to wait.
 */
function part<P extends object>(load: () => Promise<{ default: ComponentType<P> }>) {
  let loaded: ComponentType<P> | undefined;
  const Awaited = lazy(load) as ComponentType<P>;
  const Part = (props: P) => {
    const Shown = loaded ?? Awaited;
    return <Shown {...props} />;
  };
  return Object.assign(Part, {
    load: async () => {
      loaded = (await load()).default;
    },
  });
}

const parts = {
  clinic: part(() => import('./clinic/clinic-app.tsx')),
  consultation: part(() => import('./consultation/consultation-app.tsx')),
  join: part(() => import('./join/join-app.tsx')),
  pair: part(() => import('./staff/pair-app.tsx')),
  start: part(() => import('./staff/start-app.tsx')),
  recording: part(() => import('./recordings/shared-recording-app.tsx')),
  trust: part(() => import('./trust/trust-app.tsx')),
};
/** Around what only the staff see. */
const StaffDoor = part(async () => {
  const [door] = await Promise.all([import('./staff/staff-door.tsx'), loadStaffTexts()]);
  return door;
});

const Gallery = import.meta.env.DEV
  ? lazy(async () => {
      const [gallery] = await Promise.all([import('./gallery/gallery.tsx'), loadStaffTexts()]);
      return gallery;
    })
  : undefined;

function Page({ route }: { readonly route: Route }) {
  switch (route.name) {
    case 'clinic':
      return (
        <StaffDoor>
          <parts.clinic />
        </StaffDoor>
      );
    case 'consultation':
      return (
        <StaffDoor>
          <parts.consultation key={route.consultationId} consultationId={route.consultationId} />
        </StaffDoor>
      );
    case 'pair':
      return <parts.pair />;
    case 'start':
      return <parts.start />;
    case 'recording':
      return <parts.recording />;
    case 'trust':
      return <parts.trust />;
    case 'join':
      return <parts.join key={`${route.host} ${route.code}`} code={route.code} host={route.host} />;
  }
}

function App() {
  const route = useRoute();
  if (Gallery && location.pathname.startsWith('/gallery')) return <Gallery />;
  return <Page route={route} />;
}

const root = document.getElementById('root');
if (root) {
  const { name } = routeOf(location.pathname + location.search);
  const forStaff = name === 'clinic' || name === 'consultation';
  const texts = startTexts();
  const first = Promise.all([parts[name].load(), forStaff ? StaffDoor.load() : undefined]);
  // A part that does not load is tried again, and reported, where it is shown.
  void Promise.all([texts, first.catch(() => {})]).then(() =>
    createRoot(root).render(
      <StrictMode>
        <ErrorBoundary>
          <Suspense>
            <App />
          </Suspense>
        </ErrorBoundary>
      </StrictMode>,
    ),
  );
}
