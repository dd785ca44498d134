/** What people do by hand, done in the page the moment it can be done. Injected before the page's own code. */

/** Runs in the patient's page: name, terms, enter. */
export function enterWaitingRoom(): void {
  const now = () => performance.timeOrigin + performance.now();
  const look = () => {
    const { marks } = window.pictureClock;
    if (document.querySelector('.waiting')) marks.waiting ??= now();
    if (document.querySelector('.stage')) {
      marks.stage = now();
      observer.disconnect();
    }
    const form = document.querySelector('form.prejoin');
    if (!form || marks.entered) return;
    marks.form ??= now();
    const name = form.querySelector<HTMLInputElement>('input[name="name"]');
    const terms = form.querySelector<HTMLInputElement>('input[type="checkbox"]');
    const enter = form.querySelector<HTMLButtonElement>('button[type="submit"]');
    if (name?.value === '') {
      // React keeps the field's value itself and overlooks one that is simply set.
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(name, 'Elena Ruiz');
      name.dispatchEvent(new Event('input', { bubbles: true }));
    }
    if (terms && !terms.checked) terms.click();
    if (enter?.getAttribute('aria-disabled') !== 'false') return;
    marks.entered = now();
    enter.click();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributes: true });
}

/** Runs in the doctor's page: from now on whoever waits is admitted at once. */
export function admitAtOnce(): void {
  const { marks } = window.pictureClock;
  const look = () => {
    const admit = [...document.querySelectorAll('button')].find((button) =>
      /^Admitir/.test(button.textContent?.trim() ?? ''),
    );
    if (!admit || marks.admitted) return;
    marks.admitted = performance.timeOrigin + performance.now();
    observer.disconnect();
    admit.click();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true });
  look();
}
