import { type FormEvent, type ReactNode, useState } from 'react';
import { isUnauthorised, keepToken, wordsOf } from '../service.ts';

/** What could not be loaded, and the way to mend it. */
export function Fault({ error }: { readonly error: unknown }): ReactNode {
  const [token, setToken] = useState('');
  if (error === null || error === undefined) return null;
  if (isUnauthorised(error)) {
    const submit = (event: FormEvent): void => {
      event.preventDefault();
      keepToken(token.trim());
    };
    return (
      <form className="fault" onSubmit={submit}>
        <label>
          This service asks for its token{' '}
          <input type="password" value={token} onChange={(event) => setToken(event.target.value)} autoComplete="off" />
        </label>
        <button type="submit">Use it in this tab</button>
      </form>
    );
  }
  return (
    <p className="fault" role="alert">
      {wordsOf(error)}
    </p>
  );
}
