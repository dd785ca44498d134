/** Which livekit-server is brought when a machine has none: one version, and the checksum of each published archive. */

export interface ReleaseAsset {
  readonly file: string;
  /** SHA-256 of the archive in lower-case hex, as in the release's checksums.txt. */
  readonly sha256: string;
}

export interface Release {
  readonly version: string;
  /** Folder the archives are downloaded from. */
  readonly downloadUrl: string;
  /** What `go install` builds when no archive can be had; undefined: nothing is built. */
  readonly goPackage: string | undefined;
  /** By `${process.platform}-${process.arch}`. LiveKit publishes none for macOS: Homebrew and Go have it there. */
  readonly assets: Readonly<Record<string, ReleaseAsset>>;
}

export const livekitRelease: Release = {
  version: '1.13.5',
  downloadUrl: 'https://github.com/livekit/livekit/releases/download/v1.13.5',
  goPackage: 'github.com/livekit/livekit-server/cmd/server@v1.13.5',
  assets: {
    'linux-x64': {
      file: 'livekit_1.13.5_linux_amd64.tar.gz',
      sha256: 'c020fac437b7cc9b776eef1ad5ea8af77be9acfa07602eca20a3a44930dfbc70',
    },
    'linux-arm64': {
      file: 'livekit_1.13.5_linux_arm64.tar.gz',
      sha256: '332015305518765fe05bad74fc3a9d9583e635e7dd130de3c4fc563d69c550f3',
    },
    'win32-x64': {
      file: 'livekit_1.13.5_windows_amd64.zip',
      sha256: '3ec7eaa76ef64063bf21f78364733703e0969612cb92ffd60661ed45fa4a8906',
    },
  },
};
