import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificates, loadOrCreateCertificates } from '../../local/certificates.ts';

const DAY = 24 * 60 * 60 * 1000;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'certificates-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('created certificates', () => {
  it('serve every name that a client of the local cloud may use', async () => {
    const { cert } = await createCertificates();
    const leaf = new X509Certificate(cert);
    const hosts = [
      'localhost',
      'hub.azure-devices.net',
      'ns.servicebus.windows.net',
      'me.blob.core.windows.net',
    ];
    expect(hosts.filter((host) => leaf.checkHost(host) === undefined)).toEqual([]);
    expect(['127.0.0.1', '::1'].map((address) => leaf.checkIP(address))).toEqual(['127.0.0.1', '::1']);
    expect(leaf.checkHost('example.com')).toBeUndefined();
  });

  it('are accepted by a client that trusts the authority, and by no other', async () => {
    const { ca, key, cert } = await createCertificates();
    const server = tls.createServer({ key, cert }, (socket) => socket.end());
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const connect = (trusted: string) =>
      new Promise<string>((resolve) => {
        const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: trusted });
        socket.on('secureConnect', () => resolve('accepted'));
        socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
      });
    expect(await connect(ca)).toBe('accepted');
    expect(await connect((await createCertificates()).ca)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await new Promise((resolve) => server.close(resolve));
  });

  it('carry what strict verifiers ask for', async () => {
    const { ca, cert } = await createCertificates();
    const [authority, leaf] = [new X509Certificate(ca), new X509Certificate(cert)];
    expect([authority.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.checkIssued(authority)).toBe(true);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    // Object identifiers as they are encoded: key usage, and both key identifiers.
    const has = ({ raw }: X509Certificate, oid: string) => raw.includes(Buffer.from(`0603${oid}`, 'hex'));
    expect([authority, leaf].every((one) => has(one, '551d0f') && has(one, '551d0e'))).toBe(true);
    expect(has(leaf, '551d23')).toBe(true);
  });
});

describe('certificates kept in a directory', () => {
  it('are the same the next time, with a key that only its owner can read', async () => {
    const first = await loadOrCreateCertificates(dir);
    expect(await loadOrCreateCertificates(dir)).toEqual(first);
    expect(statSync(join(dir, 'key.pem')).mode & 0o777).toBe(0o600);
    expect(first.caPath).toBe(join(dir, 'ca.pem'));
  });

  it('are renewed in good time', async () => {
    const first = await loadOrCreateCertificates(dir);
    const at = (days: number) => new Date(Date.now() + days * DAY);
    expect(await loadOrCreateCertificates(dir, at(334))).toEqual(first);
    expect((await loadOrCreateCertificates(dir, at(336))).cert).not.toBe(first.cert);
  });

  it.each(['ca.pem', 'cert.pem', 'key.pem'])(
    'are renewed when %s is damaged or of another set',
    async (name) => {
      const first = await loadOrCreateCertificates(dir);
      writeFileSync(join(dir, name), 'nonsense');
      const second = await loadOrCreateCertificates(dir);
      expect(second.cert).not.toBe(first.cert);
      const { ca, cert, key } = await createCertificates();
      writeFileSync(join(dir, name), { 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key }[name] ?? '');
      const third = await loadOrCreateCertificates(dir);
      expect(third.key).not.toBe(second.key);
    },
  );
});
