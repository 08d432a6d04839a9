// Either asks for a key or shows the board; a key that is refused leads back to the question.
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiClient } from './api-client.js';
import { Board } from './board.js';
import { BoardPage } from './board-page.js';
import { forgetKey, keepKey, keptKey } from './key-place.js';
import { KeyGate } from './key-gate.js';

export function App(): JSX.Element {
  const [key, setKey] = useState(keptKey);
  const [message, setMessage] = useState<string | null>(null);
  const leave = (reason: string | null): void => {
    forgetKey();
    setMessage(reason);
    setKey(null);
  };
  if (key === null) {
    const enter = (entered: string): void => {
      keepKey(entered);
      setMessage(null);
      setKey(entered);
    };
    return <KeyGate message={message} onKey={enter} />;
  }
  return <Opened apiKey={key} onLeave={leave} />;
}

interface OpenedProps {
  readonly apiKey: string;
  readonly onLeave: (reason: string | null) => void;
}

function Opened({ apiKey, onLeave }: OpenedProps): JSX.Element {
  const board = useMemo(() => {
    const api = new ApiClient(document.baseURI, apiKey);
    return new Board(api, (message) => onLeave(`The key was refused: ${message}`));
  }, [apiKey]);
  useEffect(() => {
    board.start();
    return () => board.stop();
  }, [board]);
  return <BoardPage board={board} onForget={() => onLeave(null)} />;
}
