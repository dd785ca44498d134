/** The page's entry: texts first, then the app that the address asks for. */
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import '../components/styles/tokens.css';
import '../components/styles/base.css';
import '../components/styles/components.css';
import { ErrorBoundary } from './error-boundary.tsx';
import { type Route, routeOf, useRoute } from './route.ts';
import { startTexts } from './texts.ts';

const pages = {
  clinic: () => import('./clinic/clinic-app.tsx'),
  consultation: () => import('./consultation/consultation-app.tsx'),
  join: () => import('./join/join-app.tsx'),
};
const ClinicApp = lazy(pages.clinic);
const ConsultationApp = lazy(pages.consultation);
const JoinApp = lazy(pages.join);
const Gallery = import.meta.env.DEV ? lazy(() => import('./gallery/gallery.tsx')) : undefined;

function Page({ route }: { readonly route: Route }) {
  switch (route.name) {
    case 'clinic':
      return <ClinicApp />;
    case 'consultation':
      return <ConsultationApp key={route.consultationId} consultationId={route.consultationId} />;
    case 'join':
      return <JoinApp key={`${route.host} ${route.code}`} code={route.code} host={route.host} />;
  }
}

function App() {
  const route = useRoute();
  if (Gallery && location.pathname.startsWith('/gallery')) return <Gallery />;
  return <Page route={route} />;
}

// The page's own code comes while the texts do.
void pages[routeOf(location.pathname + location.search).name]();

const root = document.getElementById('root');
if (root) {
  void startTexts().then(() =>
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
