'use strict';
// What `require('@azure/functions-core')` resolves to inside the function host: see core-api.ts.
module.exports = globalThis[Symbol.for('local-function-host.core-api')];
