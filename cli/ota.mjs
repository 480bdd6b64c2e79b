#!/usr/bin/env node
// The command `ota`. Its parts are TypeScript, which tsx loads as it is: no build step between a change and its use.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
await main();
