// SPDX-License-Identifier: GPL-2.0
/* Work items of objects, initialised in what runs when they complete. */
static void read_verify(struct bio *bio)
{
	struct read_ctx *ctx = bio->bi_private;

	INIT_WORK(&ctx->work, read_verify_work);
	queue_work(read_wq, &ctx->work);
}

static void read_submit(struct bio *bio)
{
	bio->bi_end_io = read_verify;
	submit_bio(bio);
}

/* One call away; on the way out of an error path, with a pointer to the item. */
static void finish(struct write_ctx *ctx)
{
	struct work_struct *w = &ctx->work;

	if (!in_atomic()) {
		finish_now(ctx);
		return;
	}
	INIT_WORK(w, finish_work);
	schedule_work(w);
}

static void write_end_io(struct bio *bio)
{
	finish(bio->bi_private);
}

/* Known by its name, called from another file. */
bool integrity_endio(struct bio *bio)
{
	struct integrity *i = bio_integrity(bio);

	INIT_WORK(&i->work, i->write ? generate_work : verify_work);
	queue_work(integrity_wq, &i->work);
	return false;
}

static void rw_finished(struct kiocb *iocb, long res)
{
	struct aio *aio = container_of(iocb, struct aio, iocb);

	kthread_init_work(&aio->work, aio_work);
	kthread_queue_work(aio_worker, &aio->work);
}

static void rw_start(struct aio *aio)
{
	aio->iocb.ki_complete = rw_finished;
}

static void decrypted(void *data, int err)
{
	struct crypt_io *io = data;

	INIT_WORK(&io->work, decrypted_work);
	queue_work(crypt_wq, &io->work);
}

static int decrypt(struct crypt_io *io)
{
	skcipher_request_set_callback(io->req, 0, decrypted, io);
	return crypto_skcipher_decrypt(io->req);
}

/* To the CPU that the object came from. */
static void respond(struct cmd *cmd)
{
	INIT_WORK(&cmd->work, respond_work);
	queue_work_on(cmd->cpu, target_wq, &cmd->work);
}

/* Near miss: initialised and queued by who submits. */
static void submit(struct cmd *cmd)
{
	INIT_WORK(&cmd->work, submit_work);
	queue_work(target_wq, &cmd->work);
}

/* Near miss: one after the other on all CPUs. */
static void flush_all(void)
{
	int cpu;

	for_each_online_cpu(cpu) {
		struct flush *f = per_cpu_ptr(&flushes, cpu);

		INIT_WORK(&f->work, flush_work_fn);
		queue_work_on(cpu, flush_wq, &f->work);
	}
}

/* Near miss: on a fixed CPU, because firmware wants it so. */
static void firmware_call(struct call *call)
{
	INIT_WORK(&call->work, firmware_work);
	queue_work_on(0, firmware_wq, &call->work);
}

/* Near miss: the item of a device, initialised when that was found. */
static void device_end_io(struct bio *bio)
{
	struct device_data *dev = bio->bi_private;

	queue_work(dev->wq, &dev->work);
}

/* Near miss: two items, one initialised, the other queued. */
static void reset_end_io(struct bio *bio)
{
	struct device_data *dev = bio->bi_private;

	INIT_WORK(&dev->next, next_work);
	queue_work(dev->wq, &dev->reset);
}

/* Near miss: not when it completes, but a while later. */
static void retry_end_io(struct bio *bio)
{
	struct retry *r = bio->bi_private;

	INIT_DELAYED_WORK(&r->dwork, retry_work);
	queue_delayed_work(retry_wq, &r->dwork, HZ);
}
