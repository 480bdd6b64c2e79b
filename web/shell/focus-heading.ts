/** Moves the focus to the heading of the view: where a reader begins when what had the focus is gone. */
export function focusHeading(): void {
  const main = document.querySelector('main');
  const heading = main?.querySelector('h1') ?? main;
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
}
