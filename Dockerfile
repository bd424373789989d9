# docker build -t cyclegan-tf .                                  for processors
# docker build -t cyclegan-tf:cuda --build-arg DEVICE=cuda .     for NVIDIA's GPUs
ARG PYTHON=3.12
FROM python:${PYTHON}-slim
ARG DEVICE=cpu

WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY cyclegan_tf cyclegan_tf
COPY video video
COPY configs configs
# NVIDIA's libraries come as wheels, so both kinds stand on the same image.
RUN case "$DEVICE" in \
        cpu) extras=openvino,ray ;; \
        cuda) extras=cuda,ray ;; \
        *) echo "DEVICE is cpu or cuda, not $DEVICE" >&2; exit 2 ;; \
    esac \
    && pip install --no-cache-dir --constraint constraints.txt ".[$extras]"

RUN useradd --create-home user
USER user
WORKDIR /home/user
ENTRYPOINT ["cyclegan-tf"]
CMD ["--help"]
