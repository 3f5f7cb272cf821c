"""Models on disk, exported without their weights in memory: time, memory and throughput, with goals."""
