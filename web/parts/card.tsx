import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A part of a view with a heading of its own; `aside` stands beside the heading. */
export function Card({
  title,
  aside,
  children,
  flush = false,
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  /** For tables and lists that reach to the border. */
  flush?: boolean;
}) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      <div class={flush ? '' : 'card-body'}>{children}</div>
    </section>
  );
}
