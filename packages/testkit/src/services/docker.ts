import { request } from 'node:http';

const probeTimeoutMs = 300;
let answer: Promise<boolean> | null = null;

/** Whether a Docker engine answers `/_ping`; asked once per process, because without an engine testcontainers is slow. */
export function dockerReachable(): Promise<boolean> {
  answer ??= ping(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock');
  return answer;
}

function ping(host: string): Promise<boolean> {
  const url = new URL(host);
  const place = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  return new Promise((resolve) => {
    const asked = request({ ...place, path: '/_ping', timeout: probeTimeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
