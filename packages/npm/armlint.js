#!/usr/bin/env node
// Runs the binary of the package for this platform, which npm installed because `optionalDependencies` names it. Nothing is downloaded.
"use strict";
const { spawnSync } = require("node:child_process");

const name = `@armlint/${process.platform}-${process.arch}`;
let binary;
try {
  binary = require.resolve(`${name}/armlint${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(`armlint: error: ${name} is not installed; install armlint without --no-optional, on a platform that it is made for`);
  process.exit(2);
}
const { status, signal, error } = spawnSync(binary, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`armlint: error: cannot run ${binary}: ${error.message}`);
  process.exit(2);
}
// A process that a signal ended has no status.
if (signal) process.kill(process.pid, signal);
process.exit(status ?? 2);
