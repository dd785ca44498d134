import { describe, expect, test } from 'vitest';
import { clinicsIn } from '../../src/main/desktop/find-clinics.ts';
import { type Announced, answerTo, serviceType } from '../../src/main/host/network/announcement.ts';

const announced: Announced = {
  clinicName: 'Clínica S. Martín',
  port: 8443,
  addresses: ['192.168.1.24'],
  fingerprint: '4fa2097c'.repeat(8),
};
const instance = `Clínica S Martín (4fa2097c).${serviceType}`;
const found = {
  name: 'Clínica S. Martín',
  address: 'https://192.168.1.24:8443',
  fingerprint: announced.fingerprint,
};
const ask = (name: string, known: { ttl: number }[] = [], on = announced) =>
  answerTo(
    {
      questions: [{ name, type: 'PTR' }],
      answers: known.map(({ ttl }) => ({ name: serviceType, type: 'PTR', ttl, data: instance })),
    },
    '192.168.1.24',
    on,
  );
const read = (answer: ReturnType<typeof ask>) =>
  clinicsIn({ answers: [...(answer?.answers ?? [])], additionals: [] });

describe('a question on the network', () => {
  test.each([serviceType, serviceType.toUpperCase(), instance, 'autamedica-4fa2097c.local'])(
    '%s is answered with where the clinic is and by what it is known',
    (name) => {
      expect(read(ask(name))).toEqual([found]);
    },
  );

  test.each(['_http._tcp.local', 'autamedica.local', `Other.${serviceType}`])(
    '%s is for somebody else',
    (name) => {
      expect(ask(name)).toBeUndefined();
    },
  );

  test('who knows already is not told again, until it is about to forget', () => {
    expect(ask(serviceType, [{ ttl: 100 }])).toBeUndefined();
    expect(read(ask(serviceType, [{ ttl: 20 }]))).toEqual([found]);
  });

  test('the longest names a clinic can have still fit', () => {
    const long = { ...announced, clinicName: 'ñ'.repeat(120) };
    const [clinic] = read(ask(serviceType, [], long));
    expect(clinic?.name).toBe('ñ'.repeat(100));
    for (const { name } of ask(serviceType, [], long)?.answers ?? [])
      for (const label of name.split('.')) expect(Buffer.byteLength(label)).toBeLessThanOrEqual(63);
  });
});

describe('an answer that is not what it should be is left aside', () => {
  const good = () => structuredClone([...(ask(serviceType)?.answers ?? [])]);
  type Answer = ReturnType<typeof good>[number];
  const change = (type: string, patch: Partial<Answer>) =>
    good().map((one) => (one.type === type ? ({ ...one, ...patch } as Answer) : one));
  test.each([
    ['taken back', change('SRV', { ttl: 0 })],
    ['without an address', good().filter(({ type }) => type !== 'A')],
    ['without a text', good().filter(({ type }) => type !== 'TXT')],
    ['no address of IPv4', change('A', { data: 'evil.example' } as Partial<Answer>)],
    ['no port', change('SRV', { data: { port: 0, target: 'autamedica-4fa2097c.local' } } as Partial<Answer>)],
    ['a short fingerprint', change('TXT', { data: ['name=Clínica', 'fp=4fa2'] } as Partial<Answer>)],
    ['no name', change('TXT', { data: ['name=\u202e\n', `fp=${announced.fingerprint}`] } as Partial<Answer>)],
    ['another service', good().map((one) => ({ ...one, name: one.name.replace('_autamedica', '_http') }))],
  ])('%s', (_, answers) => {
    expect(clinicsIn({ answers, additionals: [] })).toEqual([]);
  });

  test('a name cannot turn the writing round or break the line', () => {
    const answers = change('TXT', {
      data: ['name=San\u202e\n Martín', `fp=${announced.fingerprint}`],
    } as Partial<Answer>);
    expect(clinicsIn({ answers, additionals: [] })[0]?.name).toBe('San Martín');
  });
});
