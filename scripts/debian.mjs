/**
 * Debian's packages, as the last resort for what npm cannot bring: only as root, on Debian and its kin.
 */
import { say } from './prepare.mjs';
import { run, which } from './processes.mjs';

/** Installs one package after saying so. False when this machine is not one to install on, or apt-get failed. */
export async function installPackage(name, purpose) {
  if (process.getuid?.() !== 0) return false;
  const aptGet = await which('apt-get');
  if (aptGet === null) return false;
  say(`Installing Debian's package ${name} (${purpose}) …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run(aptGet, ['install', '-y', '-qq', '--no-install-recommends', name], { env });
  if ((await install()).code === 0) return true;
  // A machine that has never fetched the package lists does not know the name yet.
  await run(aptGet, ['update', '-qq'], { env });
  return (await install()).code === 0;
}
