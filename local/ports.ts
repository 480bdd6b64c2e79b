import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';

/** Where each part of the local cloud listens; 0 lets the system choose. */
export type Ports = Readonly<Record<PortName, number>>;
export type PortName = keyof typeof offsets;

/**
 * Distances from the base. With the default base 10000 storage has Azurite's usual ports, so that
 * Storage Explorer's local emulator entry works as it is; the others end like the service's own port
 * (443, 8883, 5672, 7071).
 */
const offsets = {
  blob: 0,
  queue: 1,
  table: 2,
  http: 71,
  iotHubRest: 443,
  download: 444,
  eventHubs: 672,
  deviceGateway: 883,
} as const;

const meanings: Readonly<Record<PortName, string>> = {
  blob: 'blob storage',
  queue: 'queue storage',
  table: 'table storage',
  http: "the app's HTTP functions",
  iotHubRest: "the IoT Hub's REST API",
  download: 'firmware downloads',
  eventHubs: 'Event Hubs',
  deviceGateway: 'devices (MQTT)',
};

export const DEFAULT_PORT_BASE = 10_000;
export const HOST = '127.0.0.1';

/** A port is taken; the message says which, for what, and what to do. */
export class PortTakenError extends Error {
  readonly code = 'port-taken';
  constructor(port: number, name: PortName, cause: unknown) {
    super(
      `Port ${port} (${meanings[name]}) is taken. Stop the program that listens there, or choose other ports: ` +
        '--port-base 20000, or --port-base 0 for free ones.',
      { cause },
    );
    this.name = 'PortTakenError';
  }
}

/** The ports for a base; base 0 means free ports everywhere. */
export function portsFrom(base: number): Ports {
  const entries = Object.entries(offsets).map(([name, offset]) => [name, base === 0 ? 0 : base + offset]);
  return Object.fromEntries(entries) as Ports;
}

/** Throws a PortTakenError for the first port that is not free. */
async function assertFree(ports: Ports): Promise<void> {
  for (const [name, port] of Object.entries(ports) as [PortName, number][]) {
    if (port === 0) continue;
    const server = createServer();
    try {
      server.listen(port, HOST);
      await once(server, 'listening');
    } catch (error) {
      throw new PortTakenError(port, name, error);
    } finally {
      server.close();
    }
  }
}

const kept = z.record(z.enum(Object.keys(offsets) as [PortName, ...PortName[]]), z.int().positive());
const keptFile = (directory: string) => join(directory, 'ports.json');

/**
 * The ports to listen on. Free ports stay the same over restarts on one directory as far as nobody else
 * has taken them: download links of rollouts that run hold them.
 */
export async function choosePorts(directory: string, wanted: Ports): Promise<Ports> {
  if (Object.values(wanted).every((port) => port === 0)) {
    const earlier = await readKept(directory);
    if (earlier && (await areFree(earlier))) return earlier;
    return wanted;
  }
  await assertFree(wanted);
  return wanted;
}

export async function keepPorts(directory: string, ports: Ports): Promise<void> {
  await writeFile(keptFile(directory), JSON.stringify(ports));
}

async function readKept(directory: string): Promise<Ports | undefined> {
  try {
    return kept.safeParse(JSON.parse(await readFile(keptFile(directory), 'utf8'))).data;
  } catch {
    // Not there, or torn by a kill while it was written: any free ports will do.
    return undefined;
  }
}

async function areFree(ports: Ports): Promise<boolean> {
  try {
    await assertFree(ports);
    return true;
  } catch (error) {
    if (error instanceof PortTakenError) return false;
    throw error;
  }
}
