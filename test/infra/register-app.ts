// A process that loads the deployed bundle as the Node.js worker does, with the settings of its environment, and
// prints what the app has registered through the real @azure/functions. A process of its own: that library, and the
// app's settings, are read once.
import { loadApp } from '../../local/function-host/app-loader.ts';
import { installCoreApi } from '../../local/function-host/core-api.ts';

const [appDir = ''] = process.argv.slice(2);
const registration = installCoreApi((_level, _category, message) => console.error(message));
try {
  await loadApp(appDir);
} catch (error) {
  console.error(`Functions registered before it failed: ${registration.functions.size}`);
  throw error;
}
for (const hook of registration.hooks('appStart')) await hook({ hookData: {}, appHookData: {} });
const capabilities = await registration.programmingModel().getCapabilities({});
const functions = [...registration.functions.values()].map(({ metadata }) => metadata);
process.stdout.write(JSON.stringify({ functions, capabilities }));
process.exit(0);
