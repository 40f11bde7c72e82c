console.log(JSON.stringify({ event: 'started', resumedAtImages: 0 }));
console.log(JSON.stringify({ event: 'points', imagesSeen: 100, values: { lossX: 1 } }));
