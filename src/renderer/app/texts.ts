/** The product's texts: Spanish first, the chosen language loaded on its own; theme and page language follow the preferences. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { preferences } from './preferences.ts';

const files = import.meta.glob<Record<string, unknown>>('../../../resources/locales/*.json', {
  import: 'default',
});

async function load(language: string): Promise<void> {
  if (i18next.hasResourceBundle(language, 'translation')) return;
  const texts = await files[`../../../resources/locales/${language}.json`]?.();
  i18next.addResourceBundle(language, 'translation', texts ?? {});
}

function applyToPage(): void {
  const { language, theme } = preferences.snapshot();
  const page = document.documentElement;
  page.lang = language === 'es' ? 'es-AR' : 'en';
  if (theme === 'system') delete page.dataset.theme;
  else page.dataset.theme = theme;
}

/** Done when the first page can be shown in the reader's language. */
export async function startTexts(): Promise<void> {
  applyToPage();
  const { language } = preferences.snapshot();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    // React escapes by itself.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await load(language);
  await i18next.changeLanguage(language);
  preferences.subscribe(() => {
    applyToPage();
    const wanted = preferences.snapshot().language;
    if (wanted !== i18next.language) void load(wanted).then(() => i18next.changeLanguage(wanted));
  });
}
