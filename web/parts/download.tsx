import { useState } from 'preact/hooks';
import type { Read } from '../../client/reads.ts';
import { accessKey } from '../live/access-key.ts';
import { apiClient } from '../live/api-client.ts';
import { isProblem } from '../live/problem-kind.ts';
import { useStore } from '../live/use-store.ts';

/**
 * A text of the API as a file. Without a key it is a plain link that the browser streams to disk; a key goes into
 * a header, which links cannot have, so the file is then held in memory first.
 */
export function Download({ read, name, label }: { read: Read<string>; name: string; label: string }) {
  const key = useStore(accessKey);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  if (key === '') {
    return (
      <a href={read.path} download={name}>
        {label}
      </a>
    );
  }
  const fetchIt = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      save(await apiClient().text(read), name);
    } catch (error) {
      if (!isProblem(error)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button class="button-link" type="button" disabled={busy} onClick={() => void fetchIt()}>
        {busy ? 'Loading …' : label}
      </button>
      {problem && <span role="alert"> {problem}</span>}
    </>
  );
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
