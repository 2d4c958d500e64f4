import { benchRecorderCopy } from "/work/main/tools/bench/src/recorder-copy.ts"; console.log(await benchRecorderCopy()); process.exit(0)
