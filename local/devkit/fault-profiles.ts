/** What goes wrong with a simulated device, as data: the device asks these, never the fault's name. */
export interface FaultProfile {
  /** What it does, for people. */
  does: string;
  /** Where an update of such a device ends. */
  endsIn: string;
  /** Connects, but neither reports nor updates. */
  silent: boolean;
  /** Factor on the download rate. */
  rate: number;
  /** What happens to the bytes on their way. */
  transfer: 'intact' | 'flipped-byte' | 'cut';
  /** The downloads that `transfer` spoils: each one, or only the first of the device's life. */
  spoils: 'every-download' | 'first-download';
  /** Comes back with the old version after each update. */
  fallsBack: boolean;
}

export type FaultName =
  | 'none'
  | 'wrong-bytes'
  | 'cut-download'
  | 'error-until-reset'
  | 'falls-back'
  | 'silent'
  | 'slow';

const HEALTHY = {
  silent: false,
  rate: 1,
  transfer: 'intact',
  spoils: 'every-download',
  fallsBack: false,
} as const;

/** Every fault that a simulated device can have. */
export const FAULTS: Readonly<Record<FaultName, FaultProfile>> = {
  none: {
    ...HEALTHY,
    does: 'Works as the board does.',
    endsIn: 'Current with the new version.',
  },
  'wrong-bytes': {
    ...HEALTHY,
    does: 'One byte of every download arrives changed.',
    endsIn: 'Error, VerifyFailed; the same again after each reset.',
    transfer: 'flipped-byte',
  },
  'cut-download': {
    ...HEALTHY,
    does: 'The connection of every download breaks half-way.',
    endsIn: 'Error, DownloadFailed; the same again after each reset.',
    transfer: 'cut',
  },
  'error-until-reset': {
    ...HEALTHY,
    does: 'The connection of the first download breaks; later ones work.',
    endsIn: 'Error, DownloadFailed, until it is reset; then Current with the new version.',
    transfer: 'cut',
    spoils: 'first-download',
  },
  'falls-back': {
    ...HEALTHY,
    does: 'Downloads, verifies and applies, but comes back with the old version.',
    endsIn: 'Never: Applying, Current with the old version, Downloading, and so on without end.',
    fallsBack: true,
  },
  silent: {
    ...HEALTHY,
    does: 'Connects, but reports nothing and ignores what is desired.',
    endsIn: 'Nowhere: nothing is ever reported.',
    silent: true,
  },
  slow: {
    ...HEALTHY,
    does: 'Downloads at a tenth of the usual rate.',
    endsIn: 'Current with the new version, late.',
    rate: 0.1,
  },
};

export const FAULT_NAMES: readonly FaultName[] = Object.keys(FAULTS).filter(isFaultName);

export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(FAULTS, text);
}

/** What happens to the `number`th download (from 1) of a device's life. */
export function transferOf(faults: FaultProfile, number: number): FaultProfile['transfer'] {
  return faults.spoils === 'every-download' || number === 1 ? faults.transfer : 'intact';
}
