import { once } from 'node:events';
import rhea from 'rhea';
import type { EventContext } from 'rhea';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificates } from '../../local/certificates.ts';
import { EventLog } from '../../local/event-hubs/event-log.ts';
import { endAll, endings, LOG, start } from './event-hubs-harness.ts';

afterEach(endAll);

describe('a client of another make', () => {
  /** A plain AMQP client over TLS, which authenticates by SASL PLAIN as those do that know no `$cbs`. */
  async function connect(password: string) {
    const { ca, key, cert } = await createCertificates();
    const { log, server } = await start(new EventLog(LOG), 0, { key, cert });
    const options = { host: 'localhost', port: server.port, ca, username: 'local', password };
    const connection = rhea.create_container().connect({ ...options, transport: 'tls', reconnect: false });
    connection.on('disconnected', () => undefined);
    endings.push(() => connection.close());
    return { log, connection };
  }

  it('reads with PLAIN over TLS, and is sent every field of every frame', async () => {
    const { log, connection } = await connect('bG9jYWw=');
    log.append({ body: Buffer.from('hello'), applicationProperties: {}, annotations: {} }, '1');
    const receiver = connection.open_receiver('twins/ConsumerGroups/ingest/Partitions/1');
    const [{ message }] = (await once(receiver, 'message')) as [EventContext];
    expect(message?.body.content.toString()).toBe('hello');
    const remote = (part: unknown, frame: string) =>
      (part as { remote: Record<string, { value: unknown[] }> }).remote[frame]?.value.length;
    expect(remote(connection, 'open')).toBe(10);
    expect(remote(receiver.session, 'begin')).toBe(8);
    expect(remote(receiver, 'attach')).toBe(14);
  });

  it('is refused with a wrong password', async () => {
    const { connection } = await connect('wrong');
    const [{ error }] = (await once(connection, 'connection_error')) as [EventContext];
    expect(error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });

  it('reads nothing before it has proved who it is', async () => {
    const { server } = await start();
    const connection = rhea
      .create_container()
      .connect({ port: server.port, host: 'localhost', reconnect: false });
    connection.on('disconnected', () => undefined);
    endings.push(() => connection.close());
    const receiver = connection.open_receiver('twins/ConsumerGroups/ingest/Partitions/1');
    await once(receiver, 'receiver_error');
    expect(receiver.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
  });
});
