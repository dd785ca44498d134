/** Links from outside are the desktop app's only unguarded door: only well-formed invitations come through. */
import { describe, expect, it } from 'vitest';
import { findJoinLink, parseJoinLink } from '../../src/main/desktop/links.ts';

describe('parseJoinLink', () => {
  it.each([
    ['autamedica://join?host=https%3A%2F%2Fclinica.example&code=ABC234', 'https://clinica.example'],
    [
      'autamedica://join/?host=https%3A%2F%2Fclinica.example%3A8443&code=ABC234',
      'https://clinica.example:8443',
    ],
    ['autamedica://join?code=ABC234&host=http%3A%2F%2F127.0.0.1%3A8888', 'http://127.0.0.1:8888'],
    ['autamedica://join?host=http://localhost:8888&code=ABC234', 'http://localhost:8888'],
    ['autamedica://join?host=http%3A%2F%2F%5B%3A%3A1%5D%3A8888&code=ABC234', 'http://[::1]:8888'],
    ['AUTAMEDICA://join?host=https%3A%2F%2FClinica.Example%2F&code=ABC234', 'https://clinica.example'],
    [
      'autamedica://join?host=https%3A%2F%2Fclinica.example&code=ABC234&later=00ff',
      'https://clinica.example',
    ],
    ['https://clinica.example:8443/join/ABC234', 'https://clinica.example:8443'],
    ['  http://127.0.0.1:8888/join/ABC234/ ', 'http://127.0.0.1:8888'],
  ])('reads %s', (link, host) => {
    expect(parseJoinLink(link)).toEqual({ host, code: 'ABC234' });
  });

  it('reads the fingerprint the clinic is to be known by', () => {
    const fingerprint = '0123456789abcdef'.repeat(4);
    const link = `autamedica://join?host=https%3A%2F%2F192.168.1.20%3A8443&code=ABC234&fingerprint=${fingerprint}`;
    expect(parseJoinLink(link)).toEqual({ host: 'https://192.168.1.20:8443', code: 'ABC234', fingerprint });
  });

  it.each([
    ['nothing', ''],
    ['plain text', 'ABC234'],
    ['no host', 'autamedica://join?code=ABC234'],
    ['no code', 'autamedica://join?host=https%3A%2F%2Fclinica.example'],
    ['two hosts', 'autamedica://join?host=https%3A%2F%2Fa.example&host=https%3A%2F%2Fb.example&code=ABC234'],
    ['two codes', 'autamedica://join?host=https%3A%2F%2Fa.example&code=ABC234&code=XYZ789'],
    ['plain http to another computer', 'autamedica://join?host=http%3A%2F%2F192.168.1.20%3A8888&code=ABC234'],
    [
      'a name that only looks like this computer',
      'autamedica://join?host=http%3A%2F%2Flocalhost.evil.example&code=ABC234',
    ],
    ['a rebound address', 'autamedica://join?host=http%3A%2F%2F127.0.0.1.evil.example&code=ABC234'],
    [
      'credentials in the host',
      'autamedica://join?host=https%3A%2F%2Fclinica.example%40evil.example&code=ABC234',
    ],
    ['credentials in the link', 'autamedica://user:pass@join?host=https%3A%2F%2Fa.example&code=ABC234'],
    ['a path in the host', 'autamedica://join?host=https%3A%2F%2Fa.example%2Fevil&code=ABC234'],
    ['a query in the host', 'autamedica://join?host=https%3A%2F%2Fa.example%2F%3Fx%3D1&code=ABC234'],
    ['a fragment in the host', 'autamedica://join?host=https%3A%2F%2Fa.example%2F%23x&code=ABC234'],
    ['a file as host', 'autamedica://join?host=file%3A%2F%2F%2Fetc%2Fpasswd&code=ABC234'],
    ['a script as host', 'autamedica://join?host=javascript%3Aalert(1)&code=ABC234'],
    ['our own scheme as host', 'autamedica://join?host=app%3A%2F%2Fautamedica&code=ABC234'],
    ['a path in the code', 'autamedica://join?host=https%3A%2F%2Fa.example&code=..%2F..%2Fx'],
    ['markup in the code', 'autamedica://join?host=https%3A%2F%2Fa.example&code=%3Cscript%3E'],
    ['a short code', 'autamedica://join?host=https%3A%2F%2Fa.example&code=A'],
    ['a long code', `autamedica://join?host=https%3A%2F%2Fa.example&code=${'A'.repeat(65)}`],
    ['a huge link', `autamedica://join?host=https%3A%2F%2Fa.example&code=ABC234&x=${'A'.repeat(3_000)}`],
    ['a short fingerprint', 'autamedica://join?host=https%3A%2F%2Fa.example&code=ABC234&fingerprint=00ff'],
    [
      'two fingerprints',
      `autamedica://join?host=https%3A%2F%2Fa.example&code=ABC234&fingerprint=${'0'.repeat(64)}&fingerprint=${'f'.repeat(64)}`,
    ],
    ['another action', 'autamedica://open?host=https%3A%2F%2Fa.example&code=ABC234'],
    ['a path', 'autamedica://join/../open?host=https%3A%2F%2Fa.example&code=ABC234'],
    ['a port', 'autamedica://join:80?host=https%3A%2F%2Fa.example&code=ABC234'],
    ['a fragment', 'autamedica://join?host=https%3A%2F%2Fa.example&code=ABC234#x'],
    ['another scheme', 'evil://join?host=https%3A%2F%2Fa.example&code=ABC234'],
    ['another page of a host', 'https://clinica.example/records/ABC234'],
    ['a deeper page of a host', 'https://clinica.example/join/ABC234/x'],
    ['a web link in clear', 'http://clinica.example/join/ABC234'],
  ])('refuses %s', (_what, link) => {
    expect(parseJoinLink(link)).toBeUndefined();
  });
});

describe('findJoinLink', () => {
  it('finds the link among the arguments a system passes', () => {
    const link = 'autamedica://join?host=https%3A%2F%2Fa.example&code=ABC234';
    expect(findJoinLink(['--no-sandbox', '/opt/app', '--', link])).toEqual({
      host: 'https://a.example',
      code: 'ABC234',
    });
  });

  it('takes no web address for a link: arguments may be files and pages', () => {
    expect(findJoinLink(['https://clinica.example/join/ABC234', '--clinic'])).toBeUndefined();
  });
});
