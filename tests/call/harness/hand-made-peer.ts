/**
 * A participant without our program that does what it should not: it sends camera and microphone before being admitted,
 * by telling its own browser that the other side is willing, whatever the descriptions say.
 */
import type { Signaling } from '../../../src/renderer/call/signaling.ts';
import { createSignaling } from '../../../src/renderer/host-client/signaling.ts';
import type { PeerSignal } from '../../../src/shared/signaling/messages.ts';

export class HandMadePeer {
  #signaling: Signaling | undefined;
  #connection = '';
  #peer: RTCPeerConnection | undefined;
  #queue: Promise<void> = Promise.resolve();
  #other = '';
  /** Whether its own descriptions pretend to be as inactive as asked. */
  #pretends = true;
  #cheats = true;

  async enter(options: {
    url: string;
    token: string;
    other: string;
    offers: boolean;
    pretends: boolean;
  }): Promise<void> {
    this.#other = options.other;
    this.#pretends = options.pretends;
    const signaling = createSignaling(options);
    this.#signaling = signaling;
    signaling.onEvent((event) => {
      if (event.type === 'signal') {
        const { signal } = event.received;
        this.#queue = this.#queue.then(() => this.#receive(signal));
      }
      // Once admitted it has no reason to cheat any more.
      if (event.type === 'room' && event.event.type === 'admitted') this.#cheats = false;
      if (event.type === 'joined' && options.offers) void this.#offer();
    });
    signaling.start();
  }

  async sentPackets(): Promise<number> {
    let sent = 0;
    for (const stat of (await this.#peer?.getStats())?.values() ?? []) {
      if (stat.type === 'outbound-rtp') sent += stat.packetsSent ?? 0;
    }
    return sent;
  }

  /** What it tells its own browser of the other side. */
  #open(sdp: string): string {
    return this.#cheats ? sdp.replaceAll(/a=(?:inactive|recvonly)/g, 'a=sendrecv') : sdp;
  }

  /** What it tells the other side of itself. */
  #shut(sdp: string): string {
    return this.#cheats && this.#pretends
      ? sdp.replaceAll(/a=(?:sendrecv|sendonly|recvonly)/g, 'a=inactive')
      : sdp;
  }

  #send(signal: PeerSignal): void {
    void this.#signaling?.request('signal', { to: this.#other, signal }).catch(() => {});
  }

  #start(connection: string): RTCPeerConnection {
    this.#peer?.close();
    this.#connection = connection;
    const peer = new RTCPeerConnection();
    this.#peer = peer;
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) this.#send({ connection, candidate: candidate.toJSON() as { candidate: string } });
    };
    return peer;
  }

  async #devices(): Promise<MediaStream> {
    return navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  }

  async #offer(): Promise<void> {
    const peer = this.#start('hand-made');
    const stream = await this.#devices();
    for (const track of [...stream.getAudioTracks(), ...stream.getVideoTracks()])
      peer.addTrack(track, stream);
    await this.#describe(peer);
  }

  async #describe(peer: RTCPeerConnection): Promise<void> {
    await peer.setLocalDescription();
    const { sdp = '' } = peer.localDescription ?? {};
    this.#send({
      connection: this.#connection,
      description: { type: 'offer', sdp: this.#shut(sdp) },
    });
  }

  async #receive({ connection, description, candidate }: PeerSignal): Promise<void> {
    const known = connection === this.#connection ? this.#peer : undefined;
    if (candidate) await known?.addIceCandidate(candidate as RTCIceCandidateInit).catch(() => {});
    if (description?.type === 'rollback' && known) await this.#describe(known);
    if (description?.type === 'offer') {
      const peer = known ?? this.#start(connection);
      await peer.setRemoteDescription({ type: 'offer', sdp: this.#open(description.sdp) });
      const stream = await this.#devices();
      const [audio, video] = ['audio', 'video'].map((kind) =>
        peer.getTransceivers().find((one) => one.receiver.track.kind === kind),
      );
      for (const [transceiver, track] of [
        [audio, stream.getAudioTracks()[0]],
        [video, stream.getVideoTracks()[0]],
      ] as const) {
        if (!transceiver || !track) continue;
        transceiver.direction = 'sendrecv';
        await transceiver.sender.replaceTrack(track);
      }
      await peer.setLocalDescription();
      const { sdp = '' } = peer.localDescription ?? {};
      this.#send({
        connection,
        description: { type: 'answer', sdp: this.#shut(sdp) },
      });
    } else if (description?.type === 'answer') {
      await known?.setRemoteDescription({ type: 'answer', sdp: this.#open(description.sdp) });
    }
  }
}
