import { useId, useState } from 'preact/hooks';
import { accessKey, setAccessKey } from '../live/access-key.ts';
import { useFocusKept } from './use-focus-kept.ts';

/** Shown where the app asks for a key: explains which, and takes it. */
export function AskForKey() {
  const [typed, type] = useState('');
  const id = useId();
  const place = useFocusKept<HTMLElement>();
  const hadOne = accessKey.value !== '';
  return (
    <section ref={place} class="notice notice-center" aria-labelledby={id}>
      <h2 id={id}>{hadOne ? 'This key does not open this' : 'This needs a key'}</h2>
      <p role={hadOne ? 'alert' : undefined}>
        {hadOne
          ? 'The app does not take the key, or it belongs to other functions. Enter another one.'
          : 'The app lets in whoever has one of its function keys.'}{' '}
        In the Azure portal they are under <em>App keys</em> of the function app.
      </p>
      <form
        class="row row-end"
        onSubmit={(event) => {
          event.preventDefault();
          setAccessKey(typed.trim());
        }}
      >
        <label class="field grow">
          Function key
          <input
            type="password"
            name="function-key"
            autocomplete="off"
            spellcheck={false}
            required
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <button class="button button-main" type="submit">
          Open
        </button>
      </form>
      <p class="quiet">It is kept in this tab until you close it, and is sent to this app only.</p>
    </section>
  );
}

/** Shown where App Service authentication stands before the app. */
export function AskToSignIn() {
  return (
    <section class="notice notice-center">
      <h2>You are not signed in</h2>
      <p>This app takes people of its Microsoft Entra directory.</p>
      <p>
        <a class="button button-main" href="/.auth/login/aad?post_login_redirect_uri=/">
          Sign in
        </a>
      </p>
    </section>
  );
}

export function NoPermission({ message }: { message: string }) {
  return (
    <section class="notice notice-center">
      <h2>You may not see this</h2>
      <p>{message}</p>
      <p class="quiet">
        Reading needs the app role <code>Ota.Read</code>, steering <code>Ota.Write</code>. Whoever owns the
        app gives them in Microsoft Entra ID.
      </p>
    </section>
  );
}
