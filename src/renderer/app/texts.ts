/**
 * The product's texts: Spanish first, the chosen language loaded on its own, what only the staff read apart from what everybody
 * does; theme and page language follow the preferences.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { preferences } from './preferences.ts';

const files = import.meta.glob<Record<string, unknown>>('../../../resources/locales/*.json', {
  import: 'default',
});

const loaded = new Set<string>();
let forStaff = false;
let started: Promise<void> | undefined;

async function add(language: string, name: string): Promise<void> {
  if (loaded.has(name)) return;
  const texts = await files[`../../../resources/locales/${name}.json`]?.();
  await started;
  i18next.addResourceBundle(language, 'translation', texts ?? {}, true);
  loaded.add(name);
}

async function load(language: string): Promise<void> {
  await Promise.all([add(language, language), forStaff ? add(language, `${language}.staff`) : undefined]);
}

function applyToPage(): void {
  const { language, theme } = preferences.snapshot();
  const page = document.documentElement;
  page.lang = language === 'es' ? 'es-AR' : 'en';
  if (theme === 'system') delete page.dataset.theme;
  else page.dataset.theme = theme;
}

async function begin(language: string): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    // React escapes by itself.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
}

/** Done when what only the staff read is there too: before any of it is shown. */
export async function loadStaffTexts(): Promise<void> {
  forStaff = true;
  await load(preferences.snapshot().language);
}

/** Done when the first page can be shown in the reader's language. */
export async function startTexts(): Promise<void> {
  applyToPage();
  const { language } = preferences.snapshot();
  started = begin(language);
  await load(language);
  await i18next.changeLanguage(language);
  preferences.subscribe(() => {
    applyToPage();
    const wanted = preferences.snapshot().language;
    if (wanted !== i18next.language) void load(wanted).then(() => i18next.changeLanguage(wanted));
  });
}
