import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** PEM texts of the authority that clients are told to trust, and of the one leaf that every local server presents. */
export interface Certificates {
  ca: string;
  key: string;
  cert: string;
}

const DAY = 24 * 60 * 60 * 1000;
const LIFETIME = 365 * DAY;
const RENEW_BEFORE = 30 * DAY;
/** Containers and virtual machines can wake up with a clock that runs behind ours. */
const CLOCK_SKEW = DAY;

const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
const DNS_NAMES = ['localhost', '*.azure-devices.net', '*.servicebus.windows.net', '*.blob.core.windows.net'];
const IP_ADDRESSES = ['127.0.0.1', '::1'];

/**
 * Makes a new authority and a leaf that it signed. The authority's private key is not kept: a leaf for
 * another name cannot be made later, so trusting this CA trusts this one leaf only.
 */
export async function createCertificates(now = new Date()): Promise<Certificates> {
  const validity = {
    notBefore: new Date(now.getTime() - CLOCK_SKEW),
    notAfter: new Date(now.getTime() + LIFETIME),
  };
  const caKeys = await generateKeys();
  const leafKeys = await generateKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    // A name of its own for every authority: two of them in one trust store stay distinguishable.
    name: `CN=Local cloud CA ${webcrypto.randomUUID()}`,
    keys: caKeys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const leaf = await X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: leafKeys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: SIGNATURE,
    extensions: await leafExtensions(caKeys.publicKey, leafKeys.publicKey),
  });
  return {
    ca: ca.toString('pem'),
    cert: leaf.toString('pem'),
    key: await privateKeyPem(leafKeys.privateKey),
  };
}

/** Both key identifiers are there because strict verifiers (OpenSSL `-x509_strict`, Python 3.13) refuse a leaf without. */
async function leafExtensions(caKey: webcrypto.CryptoKey, leafKey: webcrypto.CryptoKey) {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    await SubjectKeyIdentifierExtension.create(leafKey),
    await AuthorityKeyIdentifierExtension.create(caKey),
    new SubjectAlternativeNameExtension([
      ...DNS_NAMES.map((value) => ({ type: 'dns' as const, value })),
      ...IP_ADDRESSES.map((value) => ({ type: 'ip' as const, value })),
    ]),
  ];
}

/**
 * The certificates kept in `dir`; made anew when there are none, when they cannot be read or do not belong
 * together, and when they end within thirty days.
 */
export async function loadOrCreateCertificates(
  dir: string,
  now = new Date(),
): Promise<Certificates & { caPath: string }> {
  const paths = { ca: join(dir, 'ca.pem'), cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  const kept = await readKept(paths);
  if (kept && isUsable(kept, now)) return { ...kept, caPath: paths.ca };
  const made = await createCertificates(now);
  await mkdir(dir, { recursive: true });
  await writeFile(paths.key, made.key, { mode: 0o600 });
  // The mode above counts for a new file only.
  await chmod(paths.key, 0o600);
  await writeFile(paths.cert, made.cert);
  await writeFile(paths.ca, made.ca);
  return { ...made, caPath: paths.ca };
}

async function readKept(paths: Certificates): Promise<Certificates | undefined> {
  try {
    const [ca, cert, key] = await Promise.all(
      [paths.ca, paths.cert, paths.key].map((path) => readFile(path, 'utf8')),
    );
    return ca && cert && key ? { ca, cert, key } : undefined;
  } catch {
    // Whatever the reason, a file that cannot be read is replaced; if it cannot be written either, that throws.
    return undefined;
  }
}

function isUsable(kept: Certificates, now: Date): boolean {
  try {
    const ca = new X509Certificate(kept.ca);
    const leaf = new X509Certificate(kept.cert);
    const names = leaf.subjectAltName ?? '';
    return (
      leaf.verify(ca.publicKey) &&
      leaf.checkPrivateKey(createPrivateKey(kept.key)) &&
      [ca, leaf].every(({ validTo }) => Date.parse(validTo) - now.getTime() > RENEW_BEFORE) &&
      DNS_NAMES.every((name) => names.includes(`DNS:${name}`))
    );
  } catch {
    return false;
  }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
