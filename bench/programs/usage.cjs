// What a process has used since its start, and the context that Lambda passes to a function.
exports.usage = () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuMs: (userCPUTime + systemCPUTime) / 1000, memoryMb: maxRSS / 1024 };
};

const LIMIT_MS = 28_000;
exports.context = {
  awsRequestId: 'bench',
  functionName: 'bench',
  getRemainingTimeInMillis: () => LIMIT_MS,
};
